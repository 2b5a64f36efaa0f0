"""One file per way out of the house, all alike: ``open()`` gives a channel whose ``send(envelope)`` hands one over."""

"""The demo shop: three invented stores and the last forty days of their orders, for a newcomer's first screen.

``shapes`` says what shops, people and tales are; one file per store holds its data; ``stories`` turns tales into
things that happen at a time; ``payloads`` words them as shops and carriers do; ``help`` is its help centre; ``clock``
lets the house live through the past; ``load`` plays it all through the real doors. Nothing outside this folder and
``load_demo`` knows of it.
"""

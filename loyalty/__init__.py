"""Points, tiers, rewards, referrals: thanks with value. Nouns come with loyalty's own issue."""

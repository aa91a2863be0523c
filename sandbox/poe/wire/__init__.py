"""How a page hears of what happens: the account's update channel."""

"""The account's update channel, over which pages get messages."""

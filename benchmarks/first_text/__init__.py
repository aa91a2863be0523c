"""How soon the first words of an answer are visible in Discord."""

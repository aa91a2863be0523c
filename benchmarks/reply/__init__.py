"""What people see of a streaming reply in Discord, compared with how other bots edit."""

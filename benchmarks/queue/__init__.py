"""What it costs when a full queue moves up."""

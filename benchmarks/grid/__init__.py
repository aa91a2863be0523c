"""What a Selenium Grid costs."""

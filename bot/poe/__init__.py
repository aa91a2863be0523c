"""Everything that knows Poe or Selenium."""

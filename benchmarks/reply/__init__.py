"""What people see of a streaming reply, measured on the sandbox's Discord beside what peers do."""

"""Moods: everything that the simulated Poe does differently on demand, such as faults and limits."""

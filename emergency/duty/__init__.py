"""The duty roster: who is on duty when, absence, handing over."""

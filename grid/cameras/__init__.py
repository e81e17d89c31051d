"""The register of cameras: where each stands, what it sees, who owns it, and tours through them."""

"""The register of components: files in and out, its life, reviews of what the street says, surveys."""

"""The register of components: files in and out, its life history, reviews of what the street says,
surveys.
"""

"""The gazetteer of a drawn city: what stands where people say it does, all of it invented and flagged.

Whatever is decided here is decided from whole streets, single unit grids or whole communities, which every
size of the city has alike: so a part of the city has the places it has within the whole.
"""

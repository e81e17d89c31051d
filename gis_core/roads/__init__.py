"""Roads: a network of centre lines, compiled to arrays once; closures lie over it as a mask of edges.

`noding` and `osm` build a `network`; `closures` opens it for a profile at a moment; `places` finds where on
it something stands; `routes`, `timed`, `isochrones`, `nearest`, `matrices` and `cover` answer. networkx is
the model and the oracle in tests; scipy's compressed graph answers. See docs/roads.md.
"""

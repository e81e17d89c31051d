"""Where warnings of others come from: whose signatures are believed, which feeds are read."""

"""How well the engine finds what people say, measured on sentences of this project and on noise."""

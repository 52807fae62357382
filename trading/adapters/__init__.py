"""One module or package per provider; configured by constructor arguments, named only by `config`."""

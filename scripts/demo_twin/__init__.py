"""The demo twin and the synthetic mouse that it learned from.

`movies` draws what the mouse is shown, `behaviour` how it moves meanwhile, `optics` how it sees,
`neurons` how its cells answer; `experiment` puts them together. `training` fits a reduced network
of the FNN family to the counted spikes, `evaluation` holds the result against the truth, and
`release` writes what the package ships.
"""

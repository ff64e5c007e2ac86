"""A pretend Internet with a pretend censor, made of network namespaces, to measure the probe against known truth.

``Lab(world)`` builds one; ``python -m tests.netlab`` is its command.
Root is needed, and nothing else: no NFQUEUE, no netem, no nft.
"""

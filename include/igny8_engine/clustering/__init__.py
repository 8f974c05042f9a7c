"""Groups search phrases by what the searcher is after. How many groups there are is found, not told."""

from igny8_engine.clustering.cluster import cluster_phrases, cluster_vectors
from igny8_engine.clustering.naming import name_cluster

__all__ = ["cluster_phrases", "cluster_vectors", "name_cluster"]

"""Small imbalanced tables that come with the package: no download, no account."""

from imbgen.datasets.embedded import DatasetInfo, dataset_card, list_datasets, load_dataset

__all__ = ["DatasetInfo", "dataset_card", "list_datasets", "load_dataset"]

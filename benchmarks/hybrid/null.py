"""How often the gate accepts a refiner that has nothing to give: one whose critic sees random labels."""


def null_runs(judge, path, n):
    raise NotImplementedError

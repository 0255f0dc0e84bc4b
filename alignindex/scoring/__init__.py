"""From a panel and a spec to scores: coding, aggregation, contributions, explanation."""

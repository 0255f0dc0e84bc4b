"""What one draw varies: weights, alternatives, unknown codes and coder error."""

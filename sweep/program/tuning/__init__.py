"""Tuning files of Cloud ML Engine, AI Platform and Vertex AI, read as they are."""

"""Reads tuning files of Cloud ML Engine, AI Platform and Vertex AI unchanged."""

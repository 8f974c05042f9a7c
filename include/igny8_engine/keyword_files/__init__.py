"""Reads the keyword files that people have: plain CSV, Google Keyword Planner, Ahrefs, Semrush."""

from igny8_engine.keyword_files.model import KeywordFile, KeywordFileFormat, KeywordRow, RejectedRow
from igny8_engine.keyword_files.read import MAX_BYTES, read_keywords

__all__ = ["MAX_BYTES", "KeywordFile", "KeywordFileFormat", "KeywordRow", "RejectedRow", "read_keywords"]

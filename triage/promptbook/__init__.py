"""Versioned prompts, and the domains that are a file beside one."""

from triage.promptbook.book import PromptBook, PromptFile, book_of
from triage.promptbook.rubrics import Rubric, read_rubric

__all__ = ["PromptBook", "PromptFile", "Rubric", "book_of", "read_rubric"]

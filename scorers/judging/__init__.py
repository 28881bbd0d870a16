"""Asking a language model for judgements: questions as files, answers read strictly, checks of generated answers."""

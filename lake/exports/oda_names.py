"""Names of axes in OpenDataArena's releases and in the output of its scoring tool."""

from __future__ import annotations

RELEASED = {
    "AtheneRM": "athene_rm",
    "Cleanliness": "cleanliness",
    "LLM_as_Judge_Complexity": "complexity_llm",
    "Compress_Ratio": "compress_ratio",
    "Deita_Complexity": "deita_complexity",
    "Deita_Quality": "deita_quality",
    "EmbedSVD_Entropy": "embed_svd_entropy",
    "Logical_Word_Count": "logical_word_count",
    "HES": "hes",
    "IFD": "ifd",
    "Instag": "instag",
    "MTLD": "mtld",
    "Normalized_Loss": "norm_loss",
    "PPL": "ppl",
    "Professionalism": "professionalism",
    "Writing_Style": "qurate_writing_style",
    "Required_Expertise": "qurate_required_expertise",
    "Facts_Trivia": "qurate_facts_trivia",
    "Educational_Value": "qurate_educational_value",
    "Readability": "readability",
    "Reasoning": "reasoning",
    "SkyworkRM_Qwen": "skywork_qwen",
    "SkyworkRM_Llama": "skywork_llama",
    "Token_Entropy": "token_entropy",
    "Token_Length": "token_length",
    "TreeInstruct_Node": "tree_nodes",
    "TreeInstruct_Depth": "tree_depth",
    "Unique_Token_Ratio": "unique_ntoken",
    "UPD": "upd",
    "VOCD-D": "vocd_d",
}
"""Key of the scored-data release of March 2026, in its order, and the axis it holds."""

FALLING = frozenset({"PPL", "Normalized_Loss"})
"""Keys of which smaller is better; their processed score is flipped."""

_SCORERS = {
    "apjs": "ApjsScorer", "aps": "ApsScorer", "ask_llm": "AskLlmScorer", "athene_rm": "AtheneScorer",
    "cleanliness": "CleanlinessScorer", "complexity_llm": "ComplexityScorer", "compress_ratio": "CompressRatioScorer",
    "deberta_quality": "DebertaScorer", "deita_complexity": "DeitaCScorer", "deita_quality": "DeitaQScorer",
    "embed_svd_entropy": "EmbedSVDEntropyScorer", "fail_rate": "FailRateScorer", "fineweb_edu": "FinewebEduScorer",
    "gpt2_harmless": "Gpt2HarmlessScorer", "gpt2_helpful": "Gpt2HelpfulScorer", "gram_entropy": "GramEntropyScorer",
    "grand": "GraNdScorer", "hdd": "HddScorer", "hes": "HESScorer", "ifd": "IFDScorer", "inf_orm": "InfOrmScorer",
    "instag": "InstagScorer", "knn_distance": "KNNScorer", "logical_word_count": "LogicalWordCountScorer",
    "miwv": "MIWVScorer", "mtld": "MtldScorer", "norm_loss": "NormLossScorer", "ppl": "PPLScorer",
    "professionalism": "ProfessionalismScorer", "pure_think": "PureThinkScorer", "readability": "ReadabilityScorer",
    "reasoning": "ReasoningScorer", "rm_deberta": "RMDeBERTaScorer", "selectit_model": "SelectitModelScorer",
    "selectit_sentence": "SelectitSentenceScorer", "selectit_token": "SelectitTokenScorer",
    "skywork_llama": "SkyworkLlamaScorer", "skywork_qwen": "SkyworkQwenScorer", "str_length": "StrLengthScorer",
    "textbook": "TextbookScorer", "think_or_not": "ThinkOrNotScorer", "thinking_prob": "ThinkingProbScorer",
    "token_entropy": "TokenEntropyScorer", "token_length": "TokenLengthScorer", "ts_python": "TsPythonScorer",
    "unique_ngram": "UniqueNgramScorer", "unique_ntoken": "UniqueNtokenScorer", "upd": "UPDScorer",
    "vocd_d": "VocdDScorer",
}  # fmt: skip
_FIELDS = {
    "tree_nodes": ("TreeInstructScorer", "TreeInstruct_Nodes"),
    "tree_depth": ("TreeInstructScorer", "TreeInstruct_Depth"),
    **{
        f"qurate_{label}": ("QuRateScorer", f"{label}_score")
        for label in ("writing_style", "required_expertise", "facts_trivia", "educational_value")
    },
}


def pointwise(axis: str) -> tuple[str, str]:
    """Scorer and field of an axis in `pointwise_scores.jsonl`; an axis the tool does not know keeps its own name."""
    return _FIELDS.get(axis, (_SCORERS.get(axis, axis), "score"))

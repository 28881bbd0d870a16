"""Names of columns in languages other than English, and the English names they stand for."""

from __future__ import annotations

IN_ENGLISH = {
    "问题": "question", "题目": "problem", "提问": "question", "指令": "instruction", "输入": "input",
    "输出": "output", "回答": "response", "回复": "response", "答案": "answer", "标准答案": "reference_answer",
    "参考答案": "reference_answer", "系统": "system", "对话": "conversation", "選項": "options",
    "选项": "options", "解析": "rationale", "问": "question", "答": "answer", "質問": "question",
    "指示": "instruction", "出力": "output", "応答": "response", "解答": "answer", "질문": "question",
    "지시": "instruction", "입력": "input", "출력": "output", "답변": "response", "정답": "answer",
    "вопрос": "question", "инструкция": "instruction", "ответ": "response", "ввод": "input", "вывод": "output",
    "pregunta": "question", "respuesta": "response", "instrucción": "instruction", "entrada": "input",
    "salida": "output", "pergunta": "question", "resposta": "response", "instrução": "instruction",
    "saída": "output", "frage": "question", "antwort": "response", "anweisung": "instruction",
    "eingabe": "input", "ausgabe": "output", "réponse": "response", "consigne": "instruction",
    "entrée": "input", "sortie": "output", "domanda": "question", "risposta": "response",
    "istruzione": "instruction", "câu_hỏi": "question", "câu_trả_lời": "response", "soru": "question",
    "cevap": "response", "yanıt": "response", "السؤال": "question", "سؤال": "question", "الإجابة": "response",
    "إجابة": "response", "प्रश्न": "question", "उत्तर": "response",
}  # fmt: skip

"""The engine openai: any server that speaks the protocol of OpenAI, such as `vllm serve` on another machine."""

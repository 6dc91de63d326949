"""Tables and diagrams made from the code, as Markdown and Mermaid."""

"""The bench: real compiled firmware and the real gatehouse between models of everything around them.

    people -> sam_v (card module) -> gate -> line -> gatehouse
              turnstile  <-- pins -->  gate

No model decides anything and none knows the protocol; `checker` judges a run and shares no code with what it judges.
Look here to change how a simulated card, turnstile, line or person behaves.
"""

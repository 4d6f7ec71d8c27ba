"""Encoders and their inputs: vocabularies, token ids, weights and initializations, batches, devices, CPU kernels.

Everything here serves any use of an encoder, be it training or measuring. May import `beyondtext.core`,
`beyondtext.study` and `beyondtext.data`.
"""

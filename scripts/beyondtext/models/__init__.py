"""Encoders and their inputs: vocabularies, token ids, weights and initializations, batches, devices, CPU kernels.

Everything here serves any use of an encoder, for training or for measurement. May import `beyondtext.core`,
`beyondtext.study` and `beyondtext.data`.
"""

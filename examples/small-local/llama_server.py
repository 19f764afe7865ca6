"""Serves one GGUF model with llama.cpp's own HTTP server, on loopback alone.

usage: llama_server.py MODEL.gguf PORT ALIAS CONTEXT THREADS   (port 0: a free one)

Prints `listening http://127.0.0.1:PORT` once it does. It ends when its standard
input is closed, so that it never outlives whoever started it, however that ended.
"""

import os
import sys

import xllamacpp

model, port, alias, context, threads = sys.argv[1:]
params = xllamacpp.CommonParams()
params.model.path = model
params.model_alias = {alias}
params.n_ctx = int(context)
params.n_parallel = 1
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = int(threads)
params.hostnames, params.port = ["127.0.0.1"], int(port)
params.endpoint_slots = params.endpoint_props = True
server = xllamacpp.Server(params)
print("listening", server.listening_address, flush=True)
sys.stdin.buffer.read()
os._exit(0)

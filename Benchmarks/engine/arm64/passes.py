"""Passes of ncnn on one thread, for a count of instructions: `passes.py NETWORK.param PASSES`."""
import json
import sys

import ncnn
import numpy

net = ncnn.Net()
net.opt.use_vulkan_compute = False
net.opt.num_threads = 1
net.load_param(sys.argv[1])
net.load_model(sys.argv[1].replace(".param", ".bin"))
with open(sys.argv[1] + ".shape") as file:
    shape = json.load(file)[1:]
picture = (numpy.arange(int(numpy.prod(shape))) * 7919 % 256).astype(numpy.float32).reshape(shape)
for _ in range(int(sys.argv[2])):
    extractor = net.create_extractor()
    extractor.input(net.input_names()[0], ncnn.Mat(picture))
    for name in net.output_names():
        extractor.extract(name)

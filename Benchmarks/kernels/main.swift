import Kernels
print(KernelTable.available.map(\.name))

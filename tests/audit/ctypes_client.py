"""Python's way to MIOpen without an extension module: ctypes_client.py LIBRARY."""
import ctypes
import sys


class Solution(ctypes.Structure):
    _fields_ = [
        ("time", ctypes.c_float),
        ("workspace_size", ctypes.c_size_t),
        ("solution_id", ctypes.c_uint64),
        ("algorithm", ctypes.c_int),
    ]


def called(function, *arguments):
    status = function(*arguments)
    if status != 0:
        sys.exit(f"{function.__name__}: {status}")


def tensor(miopen, *lengths):
    descriptor = ctypes.c_void_p()
    called(miopen.miopenCreateTensorDescriptor, ctypes.byref(descriptor))
    called(miopen.miopenSet4dTensorDescriptor, descriptor, 1, *lengths)
    return descriptor


miopen = ctypes.CDLL(sys.argv[1])
handle, convolution, count = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_size_t()
called(miopen.miopenCreate, ctypes.byref(handle))
called(miopen.miopenCreateConvolutionDescriptor, ctypes.byref(convolution))
called(miopen.miopenInitConvolutionDescriptor, convolution, 0, 0, 0, 1, 1, 1, 1)
problem = (handle, tensor(miopen, 2, 2, 3, 3), tensor(miopen, 2, 2, 8, 8), convolution,
           tensor(miopen, 2, 2, 6, 6))
called(miopen.miopenConvolutionForwardGetSolutionCount, *problem, ctypes.byref(count))
solutions = (Solution * count.value)()
called(miopen.miopenConvolutionForwardGetSolution, *problem, count, ctypes.byref(count), solutions)
print("solution", solutions[0].solution_id)

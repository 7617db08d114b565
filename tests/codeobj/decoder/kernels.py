#!/usr/bin/env python3
"""
kernels.py COUNT: LLVM IR of so many kernels of branches, loops, and accesses of every kind of memory,
at random but always the same. What LLVM's own code generator makes of them for a chip with hazards, and
without, is what the scan is held against.
"""

import random
import sys

VARIABLES = 6


class Kernel:
    def __init__(self, number):
        self.number = number
        self.values = 0
        self.labels = 0
        self.lines = []

    def emit(self, line):
        self.lines.append("  " + line)

    def value(self, text):
        self.values += 1
        self.emit(f"%x{self.values} = {text}")
        return f"%x{self.values}"

    def label(self):
        self.labels += 1
        return f"b{self.labels}"

    def begin(self, label):
        self.lines.append(label + ":")

    def variable(self):
        return f"%v{random.randrange(VARIABLES)}"

    def read(self):
        return self.value(f"load i32, ptr addrspace(5) {self.variable()}")

    def write(self, value):
        self.emit(f"store i32 {value}, ptr addrspace(5) {self.variable()}")

    def place(self, kind):
        index = self.value(f"and i32 {self.read()}, 1023")
        if kind == "lds":
            return self.value(f"getelementptr [1024 x i32], ptr addrspace(3) @lds, i32 0, i32 {index}")
        return self.value(f"getelementptr i32, ptr addrspace(1) %memory, i32 {index}")

    def arithmetic(self):
        self.write(self.value(f"{random.choice(['add', 'xor', 'mul', 'sub'])} i32 {self.read()}, {self.read()}"))

    def load(self, kind, space):
        self.write(self.value(f"load i32, ptr addrspace({space}) {self.place(kind)}"))

    def store(self, kind, space):
        self.emit(f"store i32 {self.read()}, ptr addrspace({space}) {self.place(kind)}")

    def scalar_load(self):
        at = self.value(f"getelementptr i32, ptr addrspace(4) %constants, i32 {random.randrange(256)}")
        self.write(self.value(f"load i32, ptr addrspace(4) {at}"))

    def first_lane(self):
        self.write(self.value(f"call i32 @llvm.amdgcn.readfirstlane.i32(i32 {self.read()})"))

    def condition(self):
        comparison = random.choice(["eq", "ult", "sgt", "ne"])
        if random.random() < 0.25:
            return self.value(f"icmp {comparison} i32 %uniform, {random.randrange(64)}")
        return self.value(f"icmp {comparison} i32 {self.read()}, {self.read()}")

    def branch(self, depth):
        condition, yes, no, end = self.condition(), self.label(), self.label(), self.label()
        self.emit(f"br i1 {condition}, label %{yes}, label %{no}")
        self.begin(yes)
        self.statements(depth - 1)
        self.emit(f"br label %{end}")
        self.begin(no)
        if random.random() < 0.5:
            self.statements(depth - 1)
        self.emit(f"br label %{end}")
        self.begin(end)

    def loop(self, depth):
        body, end = self.label(), self.label()
        self.emit(f"br label %{body}")
        self.begin(body)
        self.statements(depth - 1)
        self.emit(f"br i1 {self.condition()}, label %{body}, label %{end}")
        self.begin(end)

    def statements(self, depth):
        for _ in range(random.randrange(1, 5)):
            simple = [
                self.arithmetic,
                self.scalar_load,
                self.first_lane,
                lambda: self.load("memory", 1),
                lambda: self.store("memory", 1),
                lambda: self.load("lds", 3),
                lambda: self.store("lds", 3),
            ]
            nested = [lambda: self.branch(depth), lambda: self.loop(depth)] if depth > 0 else []
            random.choice(simple + 3 * nested)()

    def text(self):
        self.begin("entry")
        thread = self.value("call i32 @llvm.amdgcn.workitem.id.x()")
        for i in range(VARIABLES):
            self.emit(f"%v{i} = alloca i32, addrspace(5)")
        for i in range(VARIABLES):
            start = self.value(f"mul i32 {thread}, {random.randrange(1, 99)}")
            self.emit(f"store i32 {start}, ptr addrspace(5) %v{i}")
        for _ in range(3):
            self.statements(3)
        self.store("memory", 1)
        self.emit("ret void")
        return "\n".join(
            [f"define amdgpu_kernel void @kernel{self.number}(ptr addrspace(1) %memory,"
             " ptr addrspace(4) %constants, i32 %uniform) {"] + self.lines + ["}", ""])


random.seed(10)
print("@lds = internal addrspace(3) global [1024 x i32] poison")
print("declare i32 @llvm.amdgcn.workitem.id.x()")
print("declare i32 @llvm.amdgcn.readfirstlane.i32(i32)")
for number in range(int(sys.argv[1])):
    print(Kernel(number).text())

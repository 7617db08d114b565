#include "oracle.h"

#include <cstdio>
#include <cstring>
#include <llvm/MC/MCAsmInfo.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCDisassembler/MCDisassembler.h>
#include <llvm/MC/MCInst.h>
#include <llvm/MC/MCInstPrinter.h>
#include <llvm/MC/MCInstrDesc.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCRegisterInfo.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/MCTargetOptions.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <memory>
#include <string>
#include <vector>

extern "C" {
void LLVMInitializeAMDGPUTargetInfo(void);
void LLVMInitializeAMDGPUTargetMC(void);
void LLVMInitializeAMDGPUDisassembler(void);
}

struct oracle {
    std::unique_ptr<llvm::MCRegisterInfo> registers;
    std::unique_ptr<llvm::MCAsmInfo> assembly;
    std::unique_ptr<llvm::MCInstrInfo> instructions;
    std::unique_ptr<llvm::MCSubtargetInfo> chip;
    std::unique_ptr<llvm::MCContext> context;
    std::unique_ptr<llvm::MCDisassembler> disassembler;
    std::unique_ptr<llvm::MCInstPrinter> printer;
    std::vector<oracle_registers> scalars; /* by LLVM's number of a register: what it consists of */
};

/* BEGINNING, digits, END */
static bool is_numbered(const char *name, const char *beginning, const char *end)
{
    if (strncmp(name, beginning, strlen(beginning)) != 0)
        return false;
    name += strlen(beginning);
    const size_t digits = strspn(name, "0123456789");
    return digits > 0 && strcmp(name + digits, end) == 0;
}

/* The number in encodings of a 32-bit scalar register, by its name; -1 for all others. */
static int scalar_number(const char *name, unsigned encoding)
{
    if (strcmp(name, "M0") == 0 || strcmp(name, "M0_gfxpre11") == 0)
        return 124;
    for (const char *one : {"VCC_LO", "VCC_HI", "EXEC_LO", "EXEC_HI"})
        if (strcmp(name, one) == 0)
            return (int)(encoding & 0xff);
    if (is_numbered(name, "SGPR", "") || is_numbered(name, "TTMP", "_gfx9plus"))
        return (int)(encoding & 0xff);
    return -1;
}

struct oracle *oracle_open(const char *chip, bool wave64)
{
    static const bool ready = [] {
        LLVMInitializeAMDGPUTargetInfo();
        LLVMInitializeAMDGPUTargetMC();
        LLVMInitializeAMDGPUDisassembler();
        return true;
    }();
    (void)ready;
    const std::string triple = "amdgcn-amd-amdhsa";
    std::string error;
    const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
    if (!target)
        return nullptr;
    auto *self = new struct oracle;
    self->registers.reset(target->createMCRegInfo(triple));
    self->assembly.reset(target->createMCAsmInfo(*self->registers, triple, llvm::MCTargetOptions()));
    self->instructions.reset(target->createMCInstrInfo());
    self->chip.reset(target->createMCSubtargetInfo(
        triple, chip, wave64 ? "-wavefrontsize32,+wavefrontsize64" : "+wavefrontsize32,-wavefrontsize64"));
    if (!self->chip->isCPUStringValid(chip)) {
        delete self;
        return nullptr;
    }
    self->context = std::make_unique<llvm::MCContext>(llvm::Triple(triple), self->assembly.get(),
                                                      self->registers.get(), self->chip.get());
    self->disassembler.reset(target->createMCDisassembler(*self->chip, *self->context));
    self->printer.reset(target->createMCInstPrinter(llvm::Triple(triple), 0, *self->assembly,
                                                    *self->instructions, *self->registers));
    self->scalars.resize(self->registers->getNumRegs());
    for (unsigned i = 1; i < self->registers->getNumRegs(); i++)
        for (llvm::MCPhysReg part : self->registers->subregs_inclusive(i)) {
            const int number = scalar_number(self->registers->getName(part),
                                             self->registers->getEncodingValue(part));
            if (number >= 0 && number < 128)
                self->scalars[i].words[number / 64] |= 1ull << (number % 64);
        }
    return self;
}

static void add(oracle_registers *set, const oracle_registers &more)
{
    set->words[0] |= more.words[0];
    set->words[1] |= more.words[1];
}

static bool decode(struct oracle *oracle, const uint8_t *bytes, size_t size, llvm::MCInst *inst,
                   uint64_t *ret_size)
{
    return oracle->disassembler->getInstruction(*inst, *ret_size, {bytes, size}, 0, llvm::nulls()) ==
           llvm::MCDisassembler::Success;
}

struct oracle_instruction oracle_decode(struct oracle *oracle, const uint8_t *bytes, size_t size)
{
    struct oracle_instruction out = {};
    llvm::MCInst inst;
    uint64_t length = 0;
    if (!decode(oracle, bytes, size, &inst, &length))
        return out;
    const llvm::MCInstrDesc &desc = oracle->instructions->get(inst.getOpcode());
    out.size = length;
    out.name = oracle->instructions->getName(inst.getOpcode()).data();
    out.flags = desc.TSFlags;
    out.branch = desc.isBranch();
    out.compare = desc.isCompare();
    for (unsigned i = 0; i < inst.getNumOperands(); i++)
        if (inst.getOperand(i).isReg() && inst.getOperand(i).getReg())
            add(i < desc.getNumDefs() ? &out.writes : &out.reads,
                oracle->scalars[inst.getOperand(i).getReg()]);
    for (llvm::MCPhysReg reg : desc.implicit_uses())
        add(&out.reads, oracle->scalars[reg]);
    for (llvm::MCPhysReg reg : desc.implicit_defs())
        add(&out.implicit_writes, oracle->scalars[reg]);
    return out;
}

void oracle_text(struct oracle *oracle, const uint8_t *bytes, size_t size, char *ret_text, size_t text_size)
{
    llvm::MCInst inst;
    uint64_t length = 0;
    std::string text;
    if (decode(oracle, bytes, size, &inst, &length)) {
        llvm::raw_string_ostream stream(text);
        oracle->printer->printInst(&inst, 0, "", *oracle->chip, stream);
    }
    snprintf(ret_text, text_size, "%s", text.c_str());
}

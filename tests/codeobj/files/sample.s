// Two kernels and a function: `plain` is for any chip of gfx10, `absent` has an instruction that
// gfx1010 lacks, where the assembler knows it.
.text
.globl plain
.p2align 8
.type plain,@function
plain:
  s_mov_b32 s0, 0
  s_endpgm
.Lplain_end:
.size plain, .Lplain_end-plain

.globl _ZN6sample6absentILi3EEEvPf
.p2align 8
.type _ZN6sample6absentILi3EEEvPf,@function
_ZN6sample6absentILi3EEEvPf:
.ifdef later
  v_dot2c_f32_f16 v0, v1, v2
.endif
  s_endpgm
.Labsent_end:
.size _ZN6sample6absentILi3EEEvPf, .Labsent_end-_ZN6sample6absentILi3EEEvPf

.globl helper
.type helper,@function
helper:
  s_setpc_b64 s[30:31]
.Lhelper_end:
.size helper, .Lhelper_end-helper

.rodata
.p2align 6
.amdhsa_kernel plain
  .amdhsa_next_free_vgpr 4
  .amdhsa_next_free_sgpr 32
.end_amdhsa_kernel
.p2align 6
.amdhsa_kernel _ZN6sample6absentILi3EEEvPf
  .amdhsa_next_free_vgpr 4
  .amdhsa_next_free_sgpr 32
.end_amdhsa_kernel

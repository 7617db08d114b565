// Each case is a function. `found KIND` stands before an instruction at which that finding, and no
// other, has to be; everywhere else none may be. Assembled for gfx1030, scanned for gfx1010. The
// beginning of a case's name says how: wave64_, flat_ (the newer rule of LDS and branches), ignore_
// (mitigations), native_ (as code for the chip itself); gfx1011_ and gfx1013_ for those chips.

.macro case name
    .p2align 8
    .type \name,@function
\name:
.endm

.macro endcase name
    s_endpgm
    .size \name, . - \name
.endm

.macro found kind
found.\@.\kind:
.endm

// --- Instructions by themselves ---------------------------------------------------------------

case absent_opcodes
    found absent_opcode
    v_dot2c_f32_f16 v0, v1, v2
    found absent_opcode
    v_dot4c_i32_i8 v0, v1, v2
    found absent_opcode
    v_dot4_i32_i8 v0, v1, v2, v3
    found absent_opcode
    global_atomic_csub v0, v[2:3], v1, off glc
    found absent_opcode
    image_bvh_intersect_ray v[4:7], v[9:19], s[4:7]
    v_fma_mix_f32 v0, v1, v2, v3
    v_mov_b32 v0, 0x12345678
endcase absent_opcodes

case gfx1011_opcodes
    v_dot2c_f32_f16 v0, v1, v2
    v_dot4_i32_i8 v0, v1, v2, v3
    found absent_opcode
    global_atomic_csub v0, v[2:3], v1, off glc
    found absent_opcode
    image_bvh_intersect_ray v[4:7], v[9:19], s[4:7]
endcase gfx1011_opcodes

case gfx1013_opcodes
    found absent_opcode
    v_dot2c_f32_f16 v0, v1, v2
    image_bvh_intersect_ray v[4:7], v[9:19], s[4:7]
endcase gfx1013_opcodes

case other_opcodes
    found other_opcode
    v_fmac_legacy_f32 v0, v1, v2
    found other_opcode
    v_fmac_legacy_f32_e64 v0, |v1|, v2
    found other_opcode
    v_fma_legacy_f32 v0, v1, v2, v3
endcase other_opcodes

case native_opcodes
    v_fmac_legacy_f32 v0, v1, v2
    v_fma_legacy_f32 v0, v1, v2, v3
endcase native_opcodes

case shader_cycles
    found shader_cycles
    s_getreg_b32 s0, hwreg(29, 0, 20)
    s_getreg_b32 s0, hwreg(HW_REG_MODE, 0, 4)
endcase shader_cycles

case flat_offset
    found flat_offset
    flat_load_dword v0, v[2:3] offset:4
    flat_load_dword v0, v[2:3]
    global_load_dword v0, v[2:3], off offset:4
    global_load_dword v0, v[2:3], off offset:-4
endcase flat_offset

case scratch_offset
    found scratch_offset
    scratch_load_dword v0, v1, off offset:-3
    scratch_load_dword v0, v1, off offset:-4
    scratch_load_dword v0, v1, off offset:3
    global_load_dword v0, v[2:3], off offset:-3
endcase scratch_offset

case inst_prefetch
    found inst_prefetch
    s_inst_prefetch 1
    s_nop 0
    found inst_prefetch
    s_inst_prefetch 2
endcase inst_prefetch

case branch_offset
    found branch_offset_3f
    s_branch 0x3f
    .fill 63, 4, 0xbf800000
    s_cbranch_scc0 0x3e
    .fill 62, 4, 0xbf800000
    s_nop 0x3f
    found branch_offset_3f
    s_cbranch_vccnz 0x3f
    .fill 63, 4, 0xbf800000
endcase branch_offset

// --- VMEMtoScalarWrite ------------------------------------------------------------------------

case scalar_write_descriptor
    buffer_load_dword v0, off, s[8:11], s20
    s_add_u32 s7, s7, s12
    s_add_u32 s12, s8, s20
    found vmem_to_scalar_write
    s_add_u32 s8, s8, s7
    // The workaround before that one is enough for this.
    s_addc_u32 s9, s9, 0
endcase scalar_write_descriptor

case ignore_scalar_write_descriptor
    buffer_load_dword v0, off, s[8:11], s20
    s_waitcnt_depctr 0xffe3
    found vmem_to_scalar_write
    s_add_u32 s8, s8, s7
    found vmem_to_scalar_write
    s_addc_u32 s9, s9, 0
    v_mov_b32 v0, 0
    s_mov_b32 s10, 0
endcase ignore_scalar_write_descriptor

case scalar_write_offset
    buffer_store_dword v0, off, s[8:11], s20
    found vmem_to_scalar_write
    s_mov_b32 s20, 0
endcase scalar_write_offset

case scalar_write_address
    global_load_dword v0, v1, s[2:3]
    s_mov_b32 s4, 0
    found vmem_to_scalar_write
    s_mov_b32 s3, 0
endcase scalar_write_address

case scalar_write_image
    image_load v[0:3], v4, s[8:15] dmask:0xf dim:SQ_RSRC_IMG_1D unorm
    s_mov_b32 s16, 0
    found vmem_to_scalar_write
    s_mov_b32 s15, 0
    image_sample v[0:3], v4, s[8:15], s[24:27] dmask:0xf dim:SQ_RSRC_IMG_1D
    found vmem_to_scalar_write
    s_mov_b32 s27, 0
endcase scalar_write_image

case scalar_write_exec
    global_load_dword v0, v[2:3], off
    found vmem_to_scalar_write
    s_mov_b32 exec_lo, s0
    ds_read_b32 v0, v1
    found vmem_to_scalar_write
    s_or_b32 exec_lo, exec_lo, s0
    flat_store_dword v[2:3], v0
    // What is written besides the destination is no hazard to LLVM.
    s_and_saveexec_b32 s0, s1
endcase scalar_write_exec

case wave64_scalar_write_exec
    global_load_dword v0, v[2:3], off
    found vmem_to_scalar_write
    s_mov_b64 exec, s[0:1]
endcase wave64_scalar_write_exec

case scalar_write_m0
    ds_add_u32 v0, v1 gds
    found vmem_to_scalar_write
    s_mov_b32 m0, 0
    ds_add_u32 v0, v1
    s_mov_b32 m0, 0
    ds_append v0
    found vmem_to_scalar_write
    s_mov_b32 m0, 0
endcase scalar_write_m0

case scalar_write_by_load
    buffer_load_dword v0, off, s[8:11], 0
    s_load_dwordx4 s[12:15], s[8:9], 0
    found vmem_to_scalar_write
    s_load_dwordx4 s[8:11], s[16:17], 0
endcase scalar_write_by_load

case scalar_write_by_wide_load
    buffer_load_dword v0, off, s[8:11], 0
    found vmem_to_scalar_write
    s_load_dwordx16 s[0:15], s[16:17], 0
endcase scalar_write_by_wide_load

case scalar_write_no_destination
    buffer_load_dword v0, off, s[8:11], 0
    s_cmp_eq_u32 s8, s9
    s_bitcmp1_b32 s8, 0
    s_cmpk_eq_i32 s8, 4
    s_setreg_b32 hwreg(HW_REG_MODE), s8
    s_mov_b32 null, s8
    s_dcache_inv
endcase scalar_write_no_destination

case scalar_write_cleared_by_vector
    buffer_load_dword v0, off, s[8:11], 0
    v_nop
    s_mov_b32 s8, 0
    buffer_load_dword v0, off, s[8:11], 0
    v_cmp_eq_u32 vcc_lo, v0, v1
    s_mov_b32 s8, 0
endcase scalar_write_cleared_by_vector

case scalar_write_cleared_by_wait
    buffer_load_dword v0, off, s[8:11], 0
    s_waitcnt vmcnt(0) expcnt(0) lgkmcnt(0)
    s_mov_b32 s8, 0
    buffer_load_dword v0, off, s[8:11], 0
    s_waitcnt vmcnt(0)
    found vmem_to_scalar_write
    s_mov_b32 s8, 0
endcase scalar_write_cleared_by_wait

case scalar_write_cleared_by_depctr
    buffer_load_dword v0, off, s[8:11], 0
    s_waitcnt_depctr 0xffe3
    s_mov_b32 s8, 0
    buffer_load_dword v0, off, s[8:11], 0
    s_waitcnt_depctr 0xfffe
    found vmem_to_scalar_write
    s_mov_b32 s8, 0
endcase scalar_write_cleared_by_depctr

case scalar_write_not_cleared_by_depctr
    buffer_load_dword v0, off, s[8:11], 0
    s_waitcnt_depctr 0xfff3
    found vmem_to_scalar_write
    s_mov_b32 s8, 0
endcase scalar_write_not_cleared_by_depctr

case scalar_write_in_loop
    s_mov_b32 s8, 0
0:
    found vmem_to_scalar_write
    s_add_u32 s8, s8, 4
    v_mov_b32 v0, 0
    buffer_load_dword v0, off, s[8:11], 0
    s_cmp_lt_u32 s8, s0
    s_cbranch_scc1 0b
endcase scalar_write_in_loop

case scalar_write_in_nested_loops
    s_mov_b32 s8, 0
0:
    found vmem_to_scalar_write
    s_mov_b32 s12, 0
1:
    s_cmp_lt_u32 s12, s0
    s_cbranch_scc0 2f
    s_add_u32 s13, s13, 1
    s_branch 1b
2:
    v_mov_b32 v0, 0
    buffer_load_dword v0, off, s[12:15], 0
    s_cbranch_vccz 0b
endcase scalar_write_in_nested_loops

case scalar_write_cleared_on_one_way
    buffer_load_dword v0, off, s[8:11], 0
    s_cbranch_scc0 0f
    v_mov_b32 v1, 0
0:
    found vmem_to_scalar_write
    s_mov_b32 s8, 0
endcase scalar_write_cleared_on_one_way

case scalar_write_cleared_on_both_ways
    buffer_load_dword v0, off, s[8:11], 0
    s_cbranch_scc0 0f
    v_mov_b32 v1, 0
    s_branch 1f
0:
    s_waitcnt_depctr 0xffe3
1:
    s_mov_b32 s8, 0
endcase scalar_write_cleared_on_both_ways

case scalar_write_read_on_one_way
    s_cbranch_execz 0f
    buffer_load_dword v0, off, s[8:11], 0
0:
    found vmem_to_scalar_write
    s_mov_b32 s9, 0
endcase scalar_write_read_on_one_way

case scalar_write_after_end
    s_cbranch_scc0 0f
    buffer_load_dword v0, off, s[8:11], 0
    s_endpgm
0:
    s_mov_b32 s8, 0
    buffer_load_dword v0, off, s[8:11], 0
    s_setpc_b64 s[2:3]
    s_mov_b32 s8, 0
endcase scalar_write_after_end

case scalar_write_after_jump
    buffer_load_dword v0, off, s[8:11], 0
    s_branch 1f
0:
    s_mov_b32 s8, 0
    s_endpgm
1:
    v_mov_b32 v0, 0
    s_cbranch_scc0 0b
endcase scalar_write_after_jump

case scalar_write_after_call
    buffer_load_dword v0, off, s[8:11], 0
    s_swappc_b64 s[30:31], s[2:3]
    found vmem_to_scalar_write
    s_mov_b32 s8, 0
endcase scalar_write_after_call

// --- SMEMtoVectorWrite ------------------------------------------------------------------------

case vector_write_lane
    s_load_dword s0, s[2:3], 0
    v_readlane_b32 s4, v0, 0
    found smem_to_vector_write
    v_readlane_b32 s3, v0, 0
    s_load_dword s0, s[2:3], 0
    found smem_to_vector_write
    v_readfirstlane_b32 s2, v0
    // The workaround before that one is enough for this.
    v_readfirstlane_b32 s3, v0
endcase vector_write_lane

case vector_write_mask
    s_load_dword s0, s[2:3], s6
    v_cmp_eq_u32 s4, v0, v1
    found smem_to_vector_write
    v_cmp_eq_u32 s2, v0, v1
    s_load_dword s0, s[2:3], s6
    found smem_to_vector_write
    v_cmp_eq_u32 s6, v0, v1
    s_load_dword s0, s[2:3], 0
    found smem_to_vector_write
    v_cmp_eq_u32_sdwa s2, v0, v1 src0_sel:WORD_1 src1_sel:DWORD
endcase vector_write_mask

// Assembled for 32 lanes: for 64 the same bits mean a pair of registers.
case wave64_vector_write_mask
    s_load_dword s20, s[2:3], 0
    v_cmp_eq_u32 s4, v0, v1
    v_cmp_eq_u32 s0, v0, v1
    found smem_to_vector_write
    v_cmp_eq_u32 s2, v0, v1
    s_load_dword s20, s[2:3], s5
    found smem_to_vector_write
    v_add_co_u32 v0, s4, v1, v2
    s_load_dword s20, s[2:3], s7
    found smem_to_vector_write
    v_cmp_eq_u32 s6, v0, v1
    s_load_dword s20, s[2:3], vcc_hi
    found smem_to_vector_write
    v_cmp_eq_u32 vcc_lo, v0, v1
endcase wave64_vector_write_mask

// As many lanes as EXEC is written for, where nothing says.
case lanes_of_pair
    s_and_saveexec_b64 s[0:1], s[10:11]
    s_load_dword s20, s[2:3], s7
    found smem_to_vector_write
    v_cmp_eq_u32 s6, v0, v1
endcase lanes_of_pair

case lanes_of_one
    s_mov_b32 exec_lo, -1
    s_mov_b64 s[12:13], exec
    s_load_dword s20, s[2:3], s7
    v_cmp_eq_u32 s6, v0, v1
endcase lanes_of_one

case vector_write_carry
    s_buffer_load_dword s0, s[4:7], 0
    found smem_to_vector_write
    v_add_co_u32 v0, s7, v1, v2
    s_buffer_load_dword s0, s[4:7], 0
    v_add_co_u32 v0, s8, v1, v2
    v_add_co_ci_u32 v0, vcc_lo, v1, v2, vcc_lo
    found smem_to_vector_write
    v_div_scale_f32 v0, s4, v1, v2, v3
endcase vector_write_carry

case vector_write_vcc
    s_load_dword s0, vcc, 0
    found smem_to_vector_write
    v_cmp_eq_u32 vcc_lo, v0, v1
    s_load_dword s0, vcc, 0
    found smem_to_vector_write
    v_add_co_ci_u32 v0, vcc_lo, v1, v2, vcc_lo
    s_load_dword s0, vcc, 0
    v_cmpx_eq_u32 v0, v1
endcase vector_write_vcc

case vector_write_cleared
    s_load_dword s0, s[2:3], 0
    s_mov_b32 null, 0
    v_readlane_b32 s3, v0, 0
    s_load_dword s0, s[2:3], 0
    s_add_u32 s10, s11, s12
    v_readlane_b32 s3, v0, 0
    s_load_dword s0, s[2:3], 0
    s_waitcnt lgkmcnt(0)
    v_readlane_b32 s3, v0, 0
    s_load_dword s0, s[2:3], 0
    s_waitcnt_lgkmcnt null, 0
    v_readlane_b32 s3, v0, 0
    s_load_dword s0, s[2:3], 0
    s_movk_i32 s10, 0
    v_readlane_b32 s3, v0, 0
endcase vector_write_cleared

case vector_write_not_cleared
    s_load_dword s0, s[2:3], 0
    s_nop 0
    s_waitcnt vmcnt(0)
    s_waitcnt_vscnt null, 0
    s_waitcnt_vmcnt null, 0
    s_waitcnt_expcnt null, 0
    s_waitcnt_lgkmcnt null, 1
    s_waitcnt_lgkmcnt s9, 0
    s_waitcnt lgkmcnt(16)
    s_version UC_VERSION_GFX10
    s_waitcnt_depctr 0
    v_mov_b32 v0, 0
    ds_read_b32 v0, v1
    s_load_dword s1, s[4:5], 0
    found smem_to_vector_write
    v_readlane_b32 s3, v0, 0
endcase vector_write_not_cleared

case ignore_vector_write
    s_load_dword s0, s[2:3], 0
    s_mov_b32 null, 0
    found smem_to_vector_write
    v_readlane_b32 s3, v0, 0
    s_mov_b32 s9, 0
    v_readlane_b32 s3, v0, 0
endcase ignore_vector_write

case vector_write_in_loop
0:
    found smem_to_vector_write
    v_readlane_b32 s3, v0, 0
    s_load_dword s0, s[2:3], 0
    s_cbranch_vccnz 0b
endcase vector_write_in_loop

case vector_write_past_blocks
    s_load_dword s0, s[2:3], 0
    s_cbranch_vccnz 0f
    v_mov_b32 v0, 0
    s_cbranch_vccz 1f
0:
    v_mov_b32 v1, 0
1:
    found smem_to_vector_write
    v_readlane_b32 s3, v0, 0
endcase vector_write_past_blocks

// --- VcmpxExecWAR -----------------------------------------------------------------------------

case vcmpx_after_memory
    global_load_dword v0, v[2:3], off
    s_waitcnt 0
    v_mov_b32 v1, v0
    found vcmpx_exec_war
    v_cmpx_eq_u32 v0, v1
    v_cmpx_eq_u32 v0, v1
    ds_read_b32 v0, v1
    found vcmpx_exec_war
    v_cmpx_class_f32 v0, v1
    exp mrt0 v0, v0, v0, v0 done
    found vcmpx_exec_war
    v_cmpx_eq_u32_e64 v0, s1
endcase vcmpx_after_memory

case vcmpx_after_scalar
    s_mov_b32 s0, exec_lo
    found vcmpx_exec_war
    v_cmpx_eq_u32 v0, v1
    s_and_saveexec_b32 s0, s1
    found vcmpx_exec_war
    v_cmpx_eq_u32_sdwa v0, v1 src0_sel:WORD_1 src1_sel:DWORD
    s_and_b32 s0, s1, exec_lo
    found vcmpx_exec_war
    v_cmp_eq_u32 exec_lo, v0, v1
    s_mov_b32 exec_lo, s0
    v_cmpx_eq_u32 v0, v1
    s_cmp_eq_u32 exec_lo, 0
    found vcmpx_exec_war
    v_readfirstlane_b32 exec_lo, v0
endcase vcmpx_after_scalar

case vcmpx_after_branch
    s_cbranch_execz 0f
    found vcmpx_exec_war
    v_cmpx_eq_u32 v0, v1
    s_endpgm
0:
    found vcmpx_exec_war
    v_cmpx_eq_u32 v0, v1
endcase vcmpx_after_branch

case vcmpx_cleared
    s_mov_b32 s0, exec_lo
    v_cmp_eq_u32 vcc_lo, v0, v1
    v_cmpx_eq_u32 v0, v1
    s_mov_b32 s0, exec_lo
    v_readlane_b32 s1, v0, 0
    v_cmpx_eq_u32 v0, v1
    s_mov_b32 s0, exec_lo
    s_waitcnt_depctr 0xfffe
    v_cmpx_eq_u32 v0, v1
    s_mov_b32 s0, exec_lo
    v_add_co_u32 v0, s7, v1, v2
    v_cmpx_eq_u32 v0, v1
endcase vcmpx_cleared

case vcmpx_not_cleared
    s_mov_b32 s0, exec_lo
    v_mov_b32 v0, 0
    s_waitcnt 0
    s_waitcnt_depctr 0xffe3
    s_nop 0
    s_mov_b32 s1, 0
    found vcmpx_exec_war
    v_cmpx_eq_u32 v0, v1
endcase vcmpx_not_cleared

case ignore_vcmpx
    s_mov_b32 s0, exec_lo
    s_waitcnt_depctr 0xfffe
    found vcmpx_exec_war
    v_cmpx_eq_u32 v0, v1
endcase ignore_vcmpx

case vcmpx_in_loop
0:
    found vcmpx_exec_war
    v_cmpx_eq_u32 v0, v1
    v_mov_b32 v0, 0
    s_cbranch_execnz 0b
endcase vcmpx_in_loop

// --- VcmpxPermlane ----------------------------------------------------------------------------

case permlane
    v_cmpx_eq_u32 v0, v1
    found vcmpx_permlane
    v_permlane16_b32 v0, v1, s0, s1
    v_permlane16_b32 v0, v1, s0, s1
    v_cmpx_eq_u32_e64 v0, v1
    s_mov_b32 s0, 0
    v_nop
    found vcmpx_permlane
    v_permlanex16_b32 v0, v1, s0, s1
    v_cmpx_eq_u32 v0, v1
    v_mov_b32 v2, v2
    v_permlane16_b32 v0, v1, s0, s1
    v_cmp_eq_u32 vcc_lo, v0, v1
    v_permlane16_b32 v0, v1, s0, s1
endcase permlane

case permlane_after_branch
    v_cmpx_eq_u32 v0, v1
    s_cbranch_scc0 0f
    v_mov_b32 v2, v2
0:
    found vcmpx_permlane
    v_permlane16_b32 v0, v1, s0, s1
endcase permlane_after_branch

// --- LdsBranchVmemWAR -------------------------------------------------------------------------

case lds_then_memory
    ds_read_b32 v0, v1
    s_cbranch_scc0 0f
0:
    found lds_branch_vmem_war
    global_load_dword v0, v[2:3], off
    global_load_dword v0, v[2:3], off
endcase lds_then_memory

case memory_then_lds
    buffer_load_dword v0, off, s[8:11], 0
    s_branch 0f
0:
    found lds_branch_vmem_war
    ds_write_b32 v0, v1
endcase memory_then_lds

case lds_then_scratch_or_image
    ds_read_b32 v0, v1
    s_cbranch_scc0 0f
    found lds_branch_vmem_war
    scratch_load_dword v0, v1, off
    s_endpgm
0:
    s_cbranch_scc1 1f
    found lds_branch_vmem_war
    image_load v[0:3], v4, s[8:15] dmask:0xf dim:SQ_RSRC_IMG_1D unorm
    s_endpgm
1:
    found lds_branch_vmem_war
    buffer_gl0_inv
endcase lds_then_scratch_or_image

case lds_without_branch
    ds_read_b32 v0, v1
    global_load_dword v0, v[2:3], off
    s_cbranch_scc0 0f
    found lds_branch_vmem_war
    ds_read_b32 v0, v1
    ds_read_b32 v0, v1
    global_load_dword v0, v[2:3], off
0:
    found lds_branch_vmem_war
    ds_read_b32 v0, v1
endcase lds_without_branch

case lds_before_memory_before_branch
    ds_read_b32 v0, v1
    global_load_dword v0, v[2:3], off
    s_cbranch_scc0 0f
0:
    global_load_dword v0, v[2:3], off
    ds_read_b32 v0, v1
    s_cbranch_scc0 1f
1:
    ds_read_b32 v0, v1
endcase lds_before_memory_before_branch

case lds_cleared
    ds_read_b32 v0, v1
    s_waitcnt_vscnt null, 0
    s_cbranch_scc0 0f
    global_load_dword v0, v[2:3], off
    s_endpgm
0:
    global_load_dword v0, v[2:3], off
    s_cbranch_scc0 1f
1:
    s_waitcnt_vscnt null, 0
    ds_read_b32 v0, v1
endcase lds_cleared

case lds_not_cleared
    ds_read_b32 v0, v1
    s_waitcnt 0
    s_waitcnt_vscnt null, 1
    s_waitcnt_vscnt s9, 0
    s_waitcnt_depctr 0
    s_cbranch_scc0 0f
0:
    v_mov_b32 v0, 0
    found lds_branch_vmem_war
    global_store_dword v[2:3], v0, off
endcase lds_not_cleared

case ignore_lds
    ds_read_b32 v0, v1
    s_waitcnt_vscnt null, 0
    s_cbranch_scc0 0f
0:
    found lds_branch_vmem_war
    global_load_dword v0, v[2:3], off
endcase ignore_lds

case lds_old_rule
    ds_read_b32 v0, v1
    s_cbranch_scc0 0f
0:
    flat_load_dword v0, v[2:3]
    found lds_branch_vmem_war
    global_load_dword v0, v[2:3], off
endcase lds_old_rule

case flat_lds_new_rule
    ds_read_b32 v0, v1
    s_cbranch_scc0 0f
0:
    found lds_branch_vmem_war
    flat_load_dword v0, v[2:3]
    global_load_dword v0, v[2:3], off
endcase flat_lds_new_rule

case lds_in_loop
    s_mov_b32 s0, 0
0:
    found lds_branch_vmem_war
    global_load_dword v0, v[2:3], off
    ds_write_b32 v1, v0
    s_cbranch_scc0 0b
endcase lds_in_loop

// --- Image accesses with scattered addresses --------------------------------------------------

case nsa_to_memory
    image_sample_d v[0:3], [v0, v2, v4, v6, v8, v10], s[0:7], s[8:11] dmask:0xf dim:SQ_RSRC_IMG_2D
    found nsa_to_vmem
    buffer_load_dword v0, off, s[8:11], 0 offset:4
    image_sample_d v[0:3], [v0, v2, v4, v6, v8, v10], s[0:7], s[8:11] dmask:0xf dim:SQ_RSRC_IMG_2D
    buffer_load_dword v0, off, s[8:11], 0 offset:8
    image_sample_d v[0:3], [v0, v2, v4, v6, v8, v10], s[0:7], s[8:11] dmask:0xf dim:SQ_RSRC_IMG_2D
    s_nop 0
    buffer_load_dword v0, off, s[8:11], 0 offset:4
    image_sample v[0:3], [v0, v2], s[0:7], s[8:11] dmask:0xf dim:SQ_RSRC_IMG_2D
    buffer_load_dword v0, off, s[8:11], 0 offset:4
    image_sample_d v[0:3], [v0, v2, v4, v6, v8, v10], s[0:7], s[8:11] dmask:0xf dim:SQ_RSRC_IMG_2D
    v_mov_b32 v0, 0
    tbuffer_load_format_x v0, off, s[8:11], 0 format:22 offset:2
endcase nsa_to_memory

case nsa_in_clause
    s_clause 1
    found nsa_clause
    image_sample v[0:3], [v0, v2], s[0:7], s[8:11] dmask:0xf dim:SQ_RSRC_IMG_2D
    image_sample v[0:3], v[0:1], s[0:7], s[8:11] dmask:0xf dim:SQ_RSRC_IMG_2D
    image_sample v[0:3], [v0, v2], s[0:7], s[8:11] dmask:0xf dim:SQ_RSRC_IMG_2D
    s_clause 1
    image_sample v[0:3], v[0:1], s[0:7], s[8:11] dmask:0xf dim:SQ_RSRC_IMG_2D
    found nsa_clause
    image_sample v[0:3], [v0, v2], s[0:7], s[8:11] dmask:0xf dim:SQ_RSRC_IMG_2D
endcase nsa_in_clause

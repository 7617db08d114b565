/*
 * A program that uses MIOpen: one convolution, from descriptors to the call that computes it, in
 * the order of calls of a framework. It knows nothing of cards, of rules or of the shim.
 */
#pragma once

#include "buffer.h"
#include "policy/problem.h"

/* ROAD(identifier, name, the calls) */
#define ROADS                                                                                      \
    ROAD(FIND, "find", "GetWorkSpaceSize, Find, Convolution: PyTorch, ONNX Runtime, XLA")          \
    ROAD(FIND_ONLY_NULL, "find-no-workspace", "Find and Convolution with a workspace of NULL")     \
    ROAD(FIND_ELSEWHERE, "find-other-handle", "Find on one handle, Convolution on another")        \
    ROAD(IMMEDIATE, "immediate", "GetSolutionCount, GetSolution, CompileSolution, Immediate")      \
    ROAD(IMMEDIATE_ONLY, "immediate-uncompiled", "the same without CompileSolution")               \
    ROAD(GEMM_ONLY, "run-gemm", "Convolution with algorithm GEMM and no Find before it")           \
    ROAD(FIND2, "find2", "FindSolutions, RunSolution: MIGraphX")                                   \
    ROAD(FIND2_SAVED, "find2-saved", "the same, saved, loaded and run on another handle")

enum road {
#define ROAD(identifier, name, calls) ROAD_##identifier,
    ROADS
#undef ROAD
        ROAD_COUNT
};

const char *road_name(enum road road);

/* The road of that name; ROAD_COUNT where there is none. */
enum road road_from_name(const char *name);

struct client {
    miopenHandle_t handle;
    miopenHandle_t other_handle; /* on the same device */
    hipStream_t stream;
    miopenConvolutionDescriptor_t convolution;
    miopenTensorDescriptor_t x, w,
        y; /* of the problem; a transposed convolution's x is its output */
    const struct problem *problem;
    struct buffer buffer_x, buffer_w, buffer_y, workspace;
    miopenSolution_t solution; /* of Find 2.0 */
};

struct outcome {
    const char *stage;      /* the call that failed; the last one where none did */
    miopenStatus_t status;  /* of that call */
    size_t workspace_bytes; /* of what was run */
    int algorithm;          /* miopenConvAlgorithm_t; -1 where nothing was found */
    uint64_t solver;        /* id; 0 where MIOpen does not tell */
    int returned;           /* how many algorithms or solutions it offered */
};

/* Opens the device and makes handles, descriptors and buffers. `ret_stage` names what failed. */
miopenStatus_t client_open(int device, const struct problem *problem, struct client *ret_client,
                           const char **ret_stage);

/*
 * The same in parts: the handles, then one problem after the other on them. Without memory a
 * problem is for questions alone.
 */
miopenStatus_t client_connect(int device, struct client *ret_client, const char **ret_stage);
miopenStatus_t client_turn_to(struct client *client, const struct problem *problem,
                              bool with_memory, const char **ret_stage);
void client_turn_away(struct client *client);

void client_close(struct client *client);

/* The buffer and the tensor that the problem's direction writes. */
struct buffer *client_result(struct client *client);

/*
 * The first part of a road: up to where the algorithm or solution is known and ready to run, with
 * the workspace for it allocated. False where a call failed; the outcome says which.
 */
bool client_prepare(struct client *client, enum road road, struct outcome *ret_outcome);

/* The call that computes, and a synchronization. False where it failed. */
bool client_run(struct client *client, enum road road, struct outcome *outcome);

/*
 * Asks MIOpen which solver stands behind the outcome's algorithm (GetSolution names ids, Find does
 * not). Only where the road has not told; 0 stays where MIOpen offers none of that algorithm.
 */
void client_ask_solver(struct client *client, struct outcome *outcome);

/* GetWorkSpaceSize. */
miopenStatus_t client_workspace(struct client *client, size_t *ret_bytes);

/* One solver by its id: what it needs, compiled, started or run with that workspace. */
miopenStatus_t client_solver_workspace(struct client *client, uint64_t id, size_t *ret_bytes);
miopenStatus_t client_solver_compile(struct client *client, uint64_t id);
miopenStatus_t client_solver_start(struct client *client, uint64_t id, void *workspace,
                                   size_t bytes);
miopenStatus_t client_solver_run(struct client *client, uint64_t id, void *workspace, size_t bytes);

/* The ids that GetSolution lists, in its order; how many. */
unsigned client_solutions(struct client *client, uint64_t *ret_ids, unsigned room);

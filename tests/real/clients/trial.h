/*
 * A trial: one convolution of a client, from random inputs on the device to the verdict on what
 * came back. Between trial_open() and trial_close() the client makes its framework's calls; nothing
 * here calls MIOpen, so a client may link it or open it at run time.
 *
 * A client prints one JSON object a line: {"case": …, "begin": true} when a trial opens, and when
 * it closes {"case", "seed", "ok", "stage" (the call that failed, or null), "status" (its),
 * "exact", "wrong_elements", "max_error", "kernels" (launched since it opened; null beside other
 * threads)}.
 */
#pragma once

#include "sample.h"

#include <stdatomic.h>

/* All trials of one client process. */
struct session {
    uint64_t seed;
    const char *log;     /* the simulated card's; NULL on a real one */
    const char *program; /* that runs */
    bool concurrent;     /* while several threads have trials open: launches cannot be told apart */
    atomic_uint trials, failed, wrong;
};

struct trial {
    struct session *session;
    char name[128];
    struct problem problem;
    struct sample sample;
    struct buffer x, w, y; /* the operands on the device; the result's is poisoned */
    struct buffer bias;    /* from trial_add_bias() */
    struct buffer addend;  /* from trial_add() */
    double tolerance;      /* that the client sets where no result can be exact */
    struct comparison comparison;
    const char *stage; /* the call that failed; NULL while none has */
    int status;        /* of that call */
    int64_t mark;
};

/* Reads the arguments every client has: [--seed NUMBER]. Ends the process with 3 where there is
 * another. */
void session_open(int argc, char **argv, struct session *ret_session);

/* What the client's main() returns: 0 all right, 1 a call failed, 2 wrong numbers, 3 no trial. */
int session_close(const struct session *session);

/*
 * Runs a part of the client as a program of its own, in a process with an empty HOME: what MIOpen
 * remembers for later programs, and how one ends, is then no matter of the others. Nothing may have
 * called HIP before. A program that is ended by a signal is a failed call; its line says {"died":
 * …}.
 */
void session_program(struct session *session, const char *name,
                     void (*program)(struct session *session));

/*
 * Takes the variables whose names begin with that out of the environment: in a program, before
 * MIOpen looks, it leaves the shim without the environment's help.
 */
void environment_forget(const char *prefix);

/*
 * Opens a trial of the problem that a MIOpenDriver line describes: draws its inputs, puts them on
 * the current device, computes what is right. Always end it with trial_close(). False where that
 * failed, and the trial is one whose stage "inputs" failed.
 */
bool trial_open(struct session *session, const char *name, const char *line,
                struct trial *ret_trial);

/* The same with given inputs, packed in the order N C D H W; what is NULL is drawn. */
bool trial_open_with(struct session *session, const char *name, const char *line,
                     const struct operands *given, struct trial *ret_trial);

/* A trial without a problem of its own: what is right is the client's to say. */
void trial_open_other(struct session *session, const char *name, struct trial *ret_trial);

/*
 * What comes after the convolution, done to what is right and brought to the device: a bias (one
 * value for each channel of the result, in trial->bias), another tensor of the result's shape (in
 * trial->addend), ReLU; in the order of the calls. Forward results only.
 */
void trial_add_bias(struct trial *trial);
void trial_add(struct trial *trial);
void trial_relu(struct trial *trial);

/* The device memory of the operand that the problem's direction writes. */
struct buffer *trial_result(struct trial *trial);

/* Notes how a call went; true where its status is 0. Only the first failure is kept. */
bool trial_step(struct trial *trial, const char *stage, int status);

/* Notes a comparison of something else that the trial computed, such as a bias gradient. */
void trial_check(struct trial *trial, const struct tensor *tensor, const double *right,
                 const struct buffer *buffer);

/* Compares, where no call failed; prints the line; frees everything. */
void trial_close(struct trial *trial);

#include "numbers.h"

void numbers_make(const struct problem *problem, uint64_t seed, struct numbers *ret_numbers)
{
    sample_draw(problem, seed, &ret_numbers->sample);
    ret_numbers->exact = sample_is_exact(&ret_numbers->sample);
}

void numbers_free(struct numbers *numbers)
{
    sample_free(&numbers->sample);
}

int numbers_upload(const struct numbers *numbers, struct client *client)
{
    const struct problem *problem = client->problem;
    const struct tensor *result = problem_result(problem);
    const struct operands *operands = &numbers->sample.operands;
    int r = 0;

    if (result != &problem->x)
        r = tensor_upload(&problem->x, operands->x, &client->buffer_x);
    if (r == 0 && result != &problem->w)
        r = tensor_upload(&problem->w, operands->w, &client->buffer_w);
    if (r == 0 && result != &problem->y)
        r = tensor_upload(&problem->y, operands->y, &client->buffer_y);
    return r;
}

bool numbers_poison(struct client *client)
{
    enum data_type type = problem_result(client->problem)->type;

    buffer_poison(client_result(client), type != TYPE_INT8 && type != TYPE_INT32);
    buffer_poison(&client->workspace, true);
    return hipDeviceSynchronize() == hipSuccess;
}

int numbers_compare(const struct numbers *numbers, struct client *client,
                    struct comparison *ret_comparison)
{
    int r = tensor_compare(problem_result(client->problem), sample_result(&numbers->sample),
                           client_result(client), ret_comparison);

    if (r == 0)
        ret_comparison->guards_intact &=
            buffer_guards_intact(&client->buffer_x) && buffer_guards_intact(&client->buffer_w) &&
            buffer_guards_intact(&client->buffer_y) && buffer_guards_intact(&client->workspace);
    return r;
}

/*
 * The graph interface: a plan that holds a convolution, however it came to it, is not executed on
 * an RDNA1 card; all others are MIOpen's.
 */
#include "fusion_fixture.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

/* Attributes that are no parts: POINTWISE_XDESC, and a tensor's lengths. */
enum { POINTWISE_X = 751, TENSOR_LENGTHS = 902 };

static miopenBackendDescriptor_t made[16];
static unsigned made_count;

static miopenBackendDescriptor_t make(void)
{
    miopenBackendDescriptor_t descriptor = NULL;

    assert_int_equal(miopenBackendCreateDescriptor(1, &descriptor), miopenStatusSuccess);
    made[made_count++] = descriptor;
    return descriptor;
}

static void set(miopenBackendDescriptor_t descriptor, unsigned name,
                miopenBackendDescriptor_t element)
{
    assert_int_equal(miopenBackendSetAttribute(descriptor, name, 15, 1, &element),
                     miopenStatusSuccess);
}

/* A graph of two operations, the second of them given `attribute`. */
static miopenBackendDescriptor_t graph_with(unsigned attribute)
{
    miopenBackendDescriptor_t tensor = make(), graph = make();
    miopenBackendDescriptor_t operations[] = {make(), make()};

    set(operations[0], POINTWISE_X, tensor);
    set(operations[1], attribute, tensor);
    assert_int_equal(
        miopenBackendSetAttribute(graph, MIOPEN_ATTR_OPERATIONGRAPH_OPS, 15, 2, operations),
        miopenStatusSuccess);
    return graph;
}

/* The plan of a graph, by an engine that the program makes. */
static miopenBackendDescriptor_t plan_by_number(miopenBackendDescriptor_t graph)
{
    miopenBackendDescriptor_t engine = make(), configuration = make(), plan = make();

    set(engine, MIOPEN_ATTR_ENGINE_OPERATION_GRAPH, graph);
    set(configuration, MIOPEN_ATTR_ENGINECFG_ENGINE, engine);
    set(plan, MIOPEN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration);
    return plan;
}

/* By a configuration that MIOpen proposes: one that the shim has never seen. */
static miopenBackendDescriptor_t plan_by_heuristics(miopenBackendDescriptor_t graph,
                                                    miopenBackendDescriptor_t proposal)
{
    miopenBackendDescriptor_t heuristics = make(), plan = make(), proposed = NULL;
    int64_t count = 0;

    set(heuristics, MIOPEN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
    stub_propose(proposal);
    assert_int_equal(miopenBackendGetAttribute(heuristics, MIOPEN_ATTR_ENGINEHEUR_RESULTS, 15, 1,
                                               &count, &proposed),
                     miopenStatusSuccess);
    assert_ptr_equal(proposed, proposal);
    set(plan, MIOPEN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, proposed);
    return plan;
}

static void destroy_all(void)
{
    while (made_count > 0)
        assert_int_equal(miopenBackendDestroyDescriptor(made[--made_count]), miopenStatusSuccess);
}

static miopenStatus_t execute(miopenHandle_t on, miopenBackendDescriptor_t plan)
{
    miopenBackendDescriptor_t pack = make();

    return miopenBackendExecute(on, plan, pack);
}

static void a_convolution_is_not_executed(void **state)
{
    (void)state;
    for (unsigned attribute = MIOPEN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA;
         attribute <= MIOPEN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY; attribute++) {
        assert_int_equal(execute(handle, plan_by_number(graph_with(attribute))),
                         miopenStatusInternalError);
        destroy_all();
        const miopenBackendDescriptor_t graph = graph_with(attribute);
        assert_int_equal(execute(handle, plan_by_heuristics(graph, make())),
                         miopenStatusInternalError);
        destroy_all();
    }
    assert_int_equal(stub_graph_executions(), 0);
    assert_int_equal(stub_calls(STUB_miopenBackendExecute), 0);
}

/* What the shim asks HIP about it then is nobody else's business. */
static void on_a_handle_that_was_created_behind_the_shim(void **state)
{
    (void)state;
    void *library = dlopen("libMIOpen.so.1", RTLD_LAZY | RTLD_NOLOAD);
    miopenHandle_t unseen = NULL;

    assert_non_null(library);
    __typeof__(miopenCreate) *create = (__typeof__(miopenCreate) *)dlsym(library, "miopenCreate");
    assert_non_null(create);
    assert_int_equal(create(&unseen), miopenStatusSuccess);
    const miopenBackendDescriptor_t plan =
        plan_by_number(graph_with(MIOPEN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA));
    stub_disturb_errno(true);
    errno = EDOM;
    assert_int_equal(execute(unseen, plan), miopenStatusInternalError);
    assert_int_equal(errno, EDOM);
    stub_disturb_errno(false);
    assert_int_equal(stub_calls(STUB_miopenBackendExecute), 0);
    destroy_all();
    assert_int_equal(miopenDestroy(unseen), miopenStatusSuccess);
    dlclose(library);
}

static void other_graphs_are_executed(void **state)
{
    (void)state;
    static const unsigned attributes[] = {POINTWISE_X, TENSOR_LENGTHS,
                                          MIOPEN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA - 1,
                                          MIOPEN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY + 1};

    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        assert_int_equal(execute(handle, plan_by_number(graph_with(attributes[i]))),
                         miopenStatusSuccess);
        const miopenBackendDescriptor_t graph = graph_with(attributes[i]);
        assert_int_equal(execute(handle, plan_by_heuristics(graph, make())), miopenStatusSuccess);
        destroy_all();
    }
    assert_int_equal(stub_graph_executions(), 8);
}

/* Tensors that a convolution uses as well make no convolution of another graph. */
static void a_tensor_of_a_convolution_is_none(void **state)
{
    (void)state;
    miopenBackendDescriptor_t tensor = make(), convolution = make(), pointwise = make();
    miopenBackendDescriptor_t graph = make();

    set(convolution, MIOPEN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA + 5, tensor);
    set(pointwise, POINTWISE_X, tensor);
    set(graph, MIOPEN_ATTR_OPERATIONGRAPH_OPS, pointwise);
    assert_int_equal(execute(handle, plan_by_number(graph)), miopenStatusSuccess);
    destroy_all();
}

/* What stood at an address before says nothing of what stands there now. */
static void an_address_that_comes_back_is_another_s(void **state)
{
    (void)state;
    struct {
        uint64_t words[8];
    } memory = {{0}};
    const miopenBackendDescriptor_t inner = (miopenBackendDescriptor_t)&memory;

    /* The inside of heuristics that are gone: what they proposed for a convolution. */
    plan_by_heuristics(graph_with(MIOPEN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA), inner);
    destroy_all();
    assert_int_equal(execute(handle, plan_by_heuristics(graph_with(POINTWISE_X), inner)),
                     miopenStatusSuccess);
    destroy_all();

    /* Memory of the program's own. */
    set(inner, MIOPEN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, make());
    assert_int_equal(miopenBackendInitialize(inner, 26, sizeof(memory)), miopenStatusSuccess);
    miopenBackendDescriptor_t graph = make();
    set(graph, MIOPEN_ATTR_OPERATIONGRAPH_OPS, inner);
    assert_int_equal(execute(handle, plan_by_number(graph)), miopenStatusSuccess);
    destroy_all();
}

/* What MIOpen did not take is in no plan. */
static void an_attribute_that_was_refused_is_not_there(void **state)
{
    (void)state;
    miopenBackendDescriptor_t operation = make(), graph = make(), tensor = make();

    stub_answer(STUB_miopenBackendSetAttribute, miopenStatusBadParm);
    assert_int_equal(miopenBackendSetAttribute(operation,
                                               MIOPEN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, 15,
                                               1, &tensor),
                     miopenStatusBadParm);
    stub_answer(STUB_miopenBackendSetAttribute, STUB_NORMAL);
    set(operation, POINTWISE_X, tensor);
    set(graph, MIOPEN_ATTR_OPERATIONGRAPH_OPS, operation);
    assert_int_equal(execute(handle, plan_by_number(graph)), miopenStatusSuccess);
    destroy_all();
}

/* A descriptor that was not begun anew is what it was. */
static void a_plan_that_could_not_be_begun_anew_stays_one(void **state)
{
    (void)state;
    const miopenBackendDescriptor_t plan =
        plan_by_number(graph_with(MIOPEN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA));

    stub_answer(STUB_miopenBackendInitialize, miopenStatusBadParm);
    assert_int_equal(miopenBackendInitialize(plan, 1, 0), miopenStatusBadParm);
    stub_answer(STUB_miopenBackendInitialize, STUB_NORMAL);
    assert_int_equal(execute(handle, plan), miopenStatusInternalError);
    assert_int_equal(stub_graph_executions(), 0);
    destroy_all();
}

/* Device 1 is another card. */
static void a_plan_goes_by_the_handle_that_executes_it(void **state)
{
    (void)state;

    stub_set_mixed_devices();
    const miopenHandle_t other = handle_on(1), forced = handle_on(0);
    const miopenBackendDescriptor_t plan =
        plan_by_number(graph_with(MIOPEN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA));
    assert_int_equal(execute(other, plan), miopenStatusSuccess);
    assert_int_equal(execute(forced, plan), miopenStatusInternalError);
    assert_int_equal(stub_graph_executions(), 1);
    destroy_all();
    assert_int_equal(miopenDestroy(forced), miopenStatusSuccess);
    assert_int_equal(miopenDestroy(other), miopenStatusSuccess);
}

static void a_rule_can_leave_it_to_mio_open(void **state)
{
    (void)state;
    const miopenBackendDescriptor_t plan =
        plan_by_number(graph_with(MIOPEN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA));

    assert_int_equal(execute(handle, plan), miopenStatusSuccess);
    destroy_all();
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fusion_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_convolution_is_not_executed),
        TEST(on_a_handle_that_was_created_behind_the_shim),
        TEST(other_graphs_are_executed),
        TEST(a_tensor_of_a_convolution_is_none),
        TEST(an_address_that_comes_back_is_another_s),
        TEST(an_attribute_that_was_refused_is_not_there),
        TEST(a_plan_that_could_not_be_begun_anew_stays_one),
    };
    const struct CMUnitTest mixed[] = {TEST(a_plan_goes_by_the_handle_that_executes_it)};
    const struct CMUnitTest by_rule[] = {TEST(a_rule_can_leave_it_to_mio_open)};
    const char *why = argc > 1 ? argv[1] : "";

    if (strcmp(why, "graph-mixed") == 0)
        return cmocka_run_group_tests(mixed, NULL, NULL);
    if (strcmp(why, "graph-by-rule") == 0)
        return cmocka_run_group_tests(by_rule, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

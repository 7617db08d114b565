#include "row.h"

#include <stdlib.h>
#include <string.h>

json_t *row_new(const char *area, const char *name, double ours, double other, double wanted,
                const char *unit)
{
    return json_pack("{s:s, s:s, s:f, s:f, s:o, s:o, s:s}", "area", area, "name", name, "ours",
                     ours, "other", other, "ratio",
                     other > 0 ? json_real(ours / other) : json_null(), "wanted",
                     wanted >= 0 ? json_real(wanted) : json_null(), "unit", unit);
}

json_t *row_of_sample(const char *area, const char *name, const struct sample *sample,
                      double wanted)
{
    json_t *row = row_new(area, name, sample->ours * 1e9, sample->other * 1e9, wanted, "ns");

    json_object_set_new(row, "ratio", json_real(sample->ratio));
    return row;
}

static double number_of(const json_t *row, const char *key)
{
    return json_number_value(json_object_get(row, key));
}

/* A member of all the rows, sorted; the median is returned. */
static double gather(json_t *const *rows, size_t count, const char *key, double *ret_values)
{
    for (size_t i = 0; i < count; i++)
        ret_values[i] = number_of(rows[i], key);
    return median(ret_values, count);
}

json_t *row_combine(json_t *const *rows, size_t count)
{
    double *values = calloc(count ? count : 1, sizeof(*values));
    json_t *combined = count ? json_copy(rows[0]) : NULL;

    for (size_t i = 1; i < count && combined; i++) {
        if (!json_equal(json_object_get(rows[i], "area"), json_object_get(combined, "area")) ||
            !json_equal(json_object_get(rows[i], "name"), json_object_get(combined, "name"))) {
            json_decref(combined);
            combined = NULL;
        }
    }
    if (values && combined) {
        json_object_set_new(combined, "ours", json_real(gather(rows, count, "ours", values)));
        json_object_set_new(combined, "other", json_real(gather(rows, count, "other", values)));
        json_object_set_new(combined, "ratio", json_real(gather(rows, count, "ratio", values)));
        json_object_set_new(combined, "low", json_real(values[0]));
        json_object_set_new(combined, "high", json_real(values[count - 1]));
    }
    free(values);
    return combined;
}

const char *row_verdict(const json_t *row)
{
    const double wanted = number_of(row, "wanted");

    if (!json_is_number(json_object_get(row, "wanted")))
        return "";
    /* Not by the ratio: none of both is as wanted as can be. */
    if (!json_is_number(json_object_get(row, "low")))
        return number_of(row, "ours") <= wanted * number_of(row, "other") ? "ok" : "missed";
    if (number_of(row, "ratio") <= wanted)
        return "ok";
    return number_of(row, "low") <= wanted ? "too close" : "missed";
}

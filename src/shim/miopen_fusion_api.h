/*
 * MIOpen's public C interface, continued: fusion plans, a convolution with bias and activation in
 * one call, the graph interface, and what the shim computes their steps with. See miopen_api.h,
 * which includes this.
 */
#pragma once

typedef struct miopenFusionPlanDescriptor *miopenFusionPlanDescriptor_t;
typedef struct miopenFusionOpDescriptor *miopenFusionOpDescriptor_t;
typedef struct miopenOperatorArgs *miopenOperatorArgs_t;
typedef struct miopenActivationDescriptor *miopenActivationDescriptor_t;
typedef struct miopenBackendDescriptor *miopenBackendDescriptor_t;

typedef unsigned miopenFusionDirection_t;
typedef unsigned miopenActivationMode_t;
typedef unsigned miopenTensorOp_t;
typedef unsigned miopenBackendDescriptorType_t;
typedef unsigned miopenBackendAttributeName_t;
typedef unsigned miopenBackendAttributeType_t;

#define MIOPEN_FUSION_VERTICAL                          0u
#define MIOPEN_BN_PER_ACTIVATION                        0u
#define MIOPEN_BN_SPATIAL                               1u
#define MIOPEN_ACTIVATION_PASSTHROUGH                   0u
#define MIOPEN_ACTIVATION_RELU                          3u
#define MIOPEN_ACTIVATION_LAST                          9u /* the last one that every release has */
#define MIOPEN_TENSOR_OP_ADD                            0u

/* Of miopenBackendAttributeName_t: what makes an operation a convolution, and what holds one. */
#define MIOPEN_ATTR_ENGINEHEUR_OPERATION_GRAPH          201u
#define MIOPEN_ATTR_ENGINEHEUR_RESULTS                  202u
#define MIOPEN_ATTR_ENGINECFG_ENGINE                    300u
#define MIOPEN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG        401u
#define MIOPEN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA 700u
#define MIOPEN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY 717u
#define MIOPEN_ATTR_OPERATIONGRAPH_OPS                  801u
#define MIOPEN_ATTR_ENGINE_OPERATION_GRAPH              1300u

#define TENSOR                                          const miopenTensorDescriptor_t
#define CONVOLUTION                                     const miopenConvolutionDescriptor_t

miopenStatus_t miopenCreateFusionPlan(miopenFusionPlanDescriptor_t *plan,
                                      const miopenFusionDirection_t direction, TENSOR input);
miopenStatus_t miopenDestroyFusionPlan(miopenFusionPlanDescriptor_t plan);
miopenStatus_t miopenCreateOpConvForward(miopenFusionPlanDescriptor_t plan,
                                         miopenFusionOpDescriptor_t *op,
                                         miopenConvolutionDescriptor_t convolution, TENSOR w);
miopenStatus_t miopenCreateOpBiasForward(miopenFusionPlanDescriptor_t plan,
                                         miopenFusionOpDescriptor_t *op, TENSOR bias);
miopenStatus_t miopenCreateOpActivationForward(miopenFusionPlanDescriptor_t plan,
                                               miopenFusionOpDescriptor_t *op,
                                               miopenActivationMode_t mode);
miopenStatus_t miopenCreateOpActivationBackward(miopenFusionPlanDescriptor_t plan,
                                                miopenFusionOpDescriptor_t *op,
                                                miopenActivationMode_t mode);
miopenStatus_t miopenCreateOpBatchNormInference(miopenFusionPlanDescriptor_t plan,
                                                miopenFusionOpDescriptor_t *op,
                                                const miopenBatchNormMode_t mode,
                                                TENSOR parameters);
miopenStatus_t miopenCreateOpBatchNormForward(miopenFusionPlanDescriptor_t plan,
                                              miopenFusionOpDescriptor_t *op,
                                              const miopenBatchNormMode_t mode,
                                              bool running_mean_variance);
miopenStatus_t miopenCreateOpBatchNormBackward(miopenFusionPlanDescriptor_t plan,
                                               miopenFusionOpDescriptor_t *op,
                                               const miopenBatchNormMode_t mode);
miopenStatus_t miopenFusionPlanGetWorkSpaceSize(miopenHandle_t handle,
                                                miopenFusionPlanDescriptor_t plan, size_t *bytes,
                                                miopenConvFwdAlgorithm_t algorithm);
miopenStatus_t miopenCompileFusionPlan(miopenHandle_t handle, miopenFusionPlanDescriptor_t plan);

miopenStatus_t miopenDestroyOperatorArgs(miopenOperatorArgs_t args);
miopenStatus_t miopenSetOpArgsConvForward(miopenOperatorArgs_t args,
                                          const miopenFusionOpDescriptor_t op, const void *alpha,
                                          const void *beta, const void *w);
miopenStatus_t miopenSetOpArgsBiasForward(miopenOperatorArgs_t args,
                                          const miopenFusionOpDescriptor_t op, const void *alpha,
                                          const void *beta, const void *bias);
miopenStatus_t miopenSetOpArgsActivForward(miopenOperatorArgs_t args,
                                           const miopenFusionOpDescriptor_t op, const void *alpha,
                                           const void *beta, double activation_alpha,
                                           double activation_beta, double activation_gamma);
miopenStatus_t miopenSetOpArgsBatchNormInference(miopenOperatorArgs_t args,
                                                 const miopenFusionOpDescriptor_t op,
                                                 const void *alpha, const void *beta,
                                                 const void *scale, const void *bias,
                                                 const void *mean, const void *variance,
                                                 double epsilon);
miopenStatus_t miopenExecuteFusionPlan(const miopenHandle_t handle,
                                       const miopenFusionPlanDescriptor_t plan,
                                       TENSOR input_descriptor, const void *input,
                                       TENSOR output_descriptor, void *output,
                                       miopenOperatorArgs_t args);
miopenStatus_t miopenExecuteFusionPlan_v2(const miopenHandle_t handle, /* 3.5 */
                                          const miopenFusionPlanDescriptor_t plan,
                                          TENSOR input_descriptor, const void *input,
                                          TENSOR output_descriptor, void *output,
                                          miopenOperatorArgs_t args, void *workspace,
                                          size_t workspace_bytes);

miopenStatus_t miopenConvolutionBiasActivationForward(/* 2.19 */
                                                      miopenHandle_t handle, const void *alpha1,
                                                      TENSOR x_descriptor, const void *x,
                                                      TENSOR w_descriptor, const void *w,
                                                      CONVOLUTION convolution,
                                                      miopenConvFwdAlgorithm_t algorithm,
                                                      void *workspace, size_t workspace_bytes,
                                                      const void *alpha2, TENSOR z_descriptor,
                                                      const void *z, TENSOR bias_descriptor,
                                                      const void *bias,
                                                      const miopenActivationDescriptor_t activation,
                                                      TENSOR y_descriptor, void *y);

/* The graph interface: all 3.2. */
miopenStatus_t miopenBackendCreateDescriptor(miopenBackendDescriptorType_t type,
                                             miopenBackendDescriptor_t *descriptor);
miopenStatus_t miopenBackendInitialize(miopenBackendDescriptor_t descriptor,
                                       miopenBackendDescriptorType_t type, size_t size);
miopenStatus_t miopenBackendDestroyDescriptor(miopenBackendDescriptor_t descriptor);
miopenStatus_t miopenBackendSetAttribute(miopenBackendDescriptor_t descriptor,
                                         miopenBackendAttributeName_t name,
                                         miopenBackendAttributeType_t type, int64_t count,
                                         void *elements);
miopenStatus_t miopenBackendGetAttribute(miopenBackendDescriptor_t descriptor,
                                         miopenBackendAttributeName_t name,
                                         miopenBackendAttributeType_t type, int64_t requested,
                                         int64_t *count, void *elements);
miopenStatus_t miopenBackendExecute(miopenHandle_t handle, miopenBackendDescriptor_t plan,
                                    miopenBackendDescriptor_t variant_pack);

miopenStatus_t miopenOpTensor(miopenHandle_t handle, miopenTensorOp_t op, const void *alpha1,
                              TENSOR a_descriptor, const void *a, const void *alpha2,
                              TENSOR b_descriptor, const void *b, const void *beta,
                              TENSOR c_descriptor, void *c);
miopenStatus_t miopenCreateActivationDescriptor(miopenActivationDescriptor_t *activation);
miopenStatus_t miopenSetActivationDescriptor(const miopenActivationDescriptor_t activation,
                                             miopenActivationMode_t mode, double alpha, double beta,
                                             double gamma);
miopenStatus_t miopenGetActivationDescriptor(const miopenActivationDescriptor_t activation,
                                             miopenActivationMode_t *mode, double *alpha,
                                             double *beta, double *gamma);
miopenStatus_t miopenDestroyActivationDescriptor(miopenActivationDescriptor_t activation);
miopenStatus_t miopenActivationForward(miopenHandle_t handle,
                                       const miopenActivationDescriptor_t activation,
                                       const void *alpha, TENSOR x_descriptor, const void *x,
                                       const void *beta, TENSOR y_descriptor, void *y);
miopenStatus_t miopenBatchNormalizationForwardInference(miopenHandle_t handle,
                                                        miopenBatchNormMode_t mode, void *alpha,
                                                        void *beta, TENSOR x_descriptor,
                                                        const void *x, TENSOR y_descriptor, void *y,
                                                        TENSOR parameters, void *scale, void *bias,
                                                        void *mean, void *variance, double epsilon);

#undef TENSOR
#undef CONVOLUTION

// What is used of WebGPU; TypeScript's own libraries do not know it yet.
declare global {
  interface Navigator {readonly gpu?: GPU}
  interface GPU {requestAdapter(options?: {powerPreference?: "high-performance"}): Promise<GPUAdapter | null>}
  interface GPUAdapter {
    readonly features: ReadonlySet<string>
    readonly limits: Record<string, number>
    readonly info: GPUAdapterInfo
    requestDevice(wanted: {requiredFeatures: string[], requiredLimits: Record<string, number>}): Promise<GPUDevice>
  }
  interface GPUAdapterInfo {vendor: string, architecture: string, device: string, description: string, isFallbackAdapter?: boolean}
  interface GPUDevice {
    readonly queue: GPUQueue
    readonly lost: Promise<{reason: "unknown" | "destroyed", message: string}>
    destroy(): void
    createShaderModule(wanted: {code: string}): GPUShaderModule
    createBindGroupLayout(wanted: {entries: {binding: number, visibility: number, buffer: {type: string}}[]}): object
    createPipelineLayout(wanted: {bindGroupLayouts: object[]}): object
    createComputePipelineAsync(wanted: {layout: object, compute: {module: GPUShaderModule, entryPoint: string}}): Promise<object>
    createBuffer(wanted: {size: number, usage: number}): GPUBuffer
    createBindGroup(wanted: {layout: object, entries: {binding: number, resource: {buffer: GPUBuffer}}[]}): object
    createQuerySet(wanted: {type: "timestamp", count: number}): object
    createCommandEncoder(): GPUCommandEncoder
    pushErrorScope(filter: "validation" | "out-of-memory" | "internal"): void
    popErrorScope(): Promise<{message: string} | null>
  }
  interface GPUQueue {
    submit(commands: object[]): void
    writeBuffer(buffer: GPUBuffer, offset: number, content: Uint8Array<ArrayBuffer>): void
    onSubmittedWorkDone(): Promise<void>
  }
  interface GPUShaderModule {getCompilationInfo(): Promise<{messages: readonly GPUCompilationMessage[]}>}
  interface GPUCompilationMessage {type: "error" | "warning" | "info", message: string, lineNum: number, linePos: number}
  interface GPUBuffer {
    readonly size: number
    mapAsync(mode: number): Promise<void>
    getMappedRange(): ArrayBuffer
    unmap(): void
    destroy(): void
  }
  interface GPUCommandEncoder {
    beginComputePass(wanted?: {timestampWrites: {querySet: object, beginningOfPassWriteIndex: number, endOfPassWriteIndex: number}}): GPUComputePass
    resolveQuerySet(set: object, first: number, count: number, destination: GPUBuffer, offset: number): void
    copyBufferToBuffer(from: GPUBuffer, fromOffset: number, to: GPUBuffer, toOffset: number, size: number): void
    finish(): object
  }
  interface GPUComputePass {
    setPipeline(pipeline: object): void
    setBindGroup(index: number, group: object): void
    dispatchWorkgroups(x: number, y: number, z: number): void
    end(): void
  }
}
export {}

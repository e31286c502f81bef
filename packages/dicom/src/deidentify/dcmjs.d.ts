/** The part of dcmjs that this package uses: the attribute dictionary of PS3.6. */
declare module "dcmjs" {
  const dcmjs: {
    readonly data: {
      readonly DicomMetaDictionary: {
        readonly nameMap: {
          readonly [keyword: string]: { readonly tag: string; readonly vr: string; readonly name: string };
        };
      };
    };
  };
  export default dcmjs;
}

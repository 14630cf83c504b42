declare module "virtual:icons" {
  /** the sprite's address */
  const address: string;
  export default address;
}
